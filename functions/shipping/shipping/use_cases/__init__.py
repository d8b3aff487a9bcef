"""What shipping does.

`labels` makes shipments, `departures` lets them leave or stops them, `reports` takes in what carriers say, `losses`
settles what never arrives, `owners` says whose they are, `queries` shows. What the use cases need of the world is in
`ports`.
"""
