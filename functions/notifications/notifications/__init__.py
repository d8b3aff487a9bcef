"""Notifications: the right word, once, by e-mail or SMS.

Owns: the log of what was sent, through which channel, with what result; what people want to hear; which guests have
become customers; hashes of addresses to which nothing more goes.
Publishes: NotificationSent, NotificationFailed.
Reacts to: whatever a kind of message follows from (the table in `kinds`); UserErased, GuestUpgraded; what SES reports
of its mails.
Asks: auth for an address and for fresh links, orders for lines and totals, when a message is made. Keeps no
address and no text.
"""
