"""Amends: crisis communications in Slack."""
