"""The practice workspace as a page: what people know from their team messenger, drawn from the workspace's own state."""
