"""ONVIF: finding cameras (WS-Discovery), asking what they are, and asking them for a keyframe.

A client of our own for the few operations that a wall needs; ARCHITECTURE.md says why. What a device says is hostile.
"""
