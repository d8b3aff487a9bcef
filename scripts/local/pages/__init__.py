"""The pages and levers under `/_local/`."""
