"""Hostile input: what it is made of, what every case has to keep to, and a fuzzer of files."""
