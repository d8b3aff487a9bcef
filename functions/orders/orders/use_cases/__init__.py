"""What orders does: `checkout` places orders, `tracking` shows and cancels them, `reactions` moves them on by events.

`returns` takes goods back. What the use cases need of the world is in `ports`.
"""
