"""Rows in, Block Kit out: no settings, no queries, no client."""
