"""What notifications does: `telling` tells somebody something, once; `wishes` keeps what they want to hear.

What the use cases need of the world is in `ports`.
"""
