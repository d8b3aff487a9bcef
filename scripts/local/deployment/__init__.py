"""Makes a template's resources in moto, and says what was made."""
