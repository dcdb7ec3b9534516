"""The guards: what is wrong with a text before people read it, each finding a sentence that says what to do.

The model writes, the guards check, a person approves. A blocking finding bars approval; the others ask. Precision
matters: a guard that cries wolf is ignored.
"""

from bot.core.guard.checks import CHECKS, check
from bot.core.guard.length import length_for
from bot.core.guard.reading import Finding, Outlet, Reading

__all__ = ["CHECKS", "Finding", "Outlet", "Reading", "check", "length_for"]
