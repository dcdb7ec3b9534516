"""Rows with sane defaults, for tests: say only what the test is about."""

from datetime import UTC, datetime
from typing import Any

from bot.models import Audience, Incident, TeamId, UserId

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEAM = TeamId("T0HARBOUR")
DANA, PRIYA, LEO, INES, SAM, TOM, EVA, NORA, MAX = (
    UserId(f"U{name}") for name in ("DANA", "PRIYA", "LEO", "INES", "SAM", "TOM", "EVA", "NORA", "MAX")
)


def an_incident(**fields: Any) -> Incident:
    """Crisis 12, late parcels, opened at noon by Dana, led by Priya."""
    known: dict[str, Any] = {
        "team": TEAM,
        "number": 12,
        "title": "Parcels three weeks late",
        "situation": "late_delivery",
        "severity": "critical",
        "audience": Audience.TEAM,
        "declared_by": DANA,
        "lead": PRIYA,
        "zone": "Europe/Berlin",
        "opened_at": NOON,
    }
    return Incident.new(**known | fields)
