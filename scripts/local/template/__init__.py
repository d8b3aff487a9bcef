"""Reads the SAM template: parameters, translation, intrinsic functions, APIs, functions and sources."""
