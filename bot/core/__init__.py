"""Decisions about rows: no await, no session, no Slack, no "now"."""
