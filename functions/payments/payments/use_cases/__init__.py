"""What payments does.

`paying` takes the money and lets it go, `refunding` gives it back, `reporting` takes in what the provider reports, and
`reading` shows. What they need of the world is in `ports`.
"""
