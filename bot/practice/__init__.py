"""The practice workspace: a strict local stand-in for Slack that speaks Slack's real protocol.

It is a process of its own. The bot cannot tell it from Slack but for `SLACK_API_URL`; what real Slack refuses, it
refuses with Slack's error. Rules that no source confirms say `unverified` when they refuse.
"""
