"""What notifications does: `telling` tells, `wishes` keeps what people want to hear, `reports` what became of mails.

`erasing` forgets people, `adopting` makes a guest's the customer's. What the use cases need of the world is in `ports`.
"""
