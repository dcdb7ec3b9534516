"""What people do in Slack: each handler translates Slack's words into ours and calls one verb."""
