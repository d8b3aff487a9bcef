"""What the shop takes, in figures: `scripts/bench`."""
