"""Pictures of every screen, made from the real bot in the practice workspace: `make screenshots`."""
