"""The local cloud's AWS: moto, mended, in a process of its own, and how it is spoken to."""
