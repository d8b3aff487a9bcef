"""What notifications does: `telling` tells, `wishes` keeps what people want to hear, `reports` where no mail goes.

`erasing` forgets people. What the use cases need of the world is in `ports`.
"""
