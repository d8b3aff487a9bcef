"""What sets functions going: queues, streams, schedules, and time to live."""
