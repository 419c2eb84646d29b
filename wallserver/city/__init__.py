"""The simulated city: cameras that nobody has to own, for the demo, the tests and the benchmarks.

Every picture carries its camera's number and its own, readable by a person and by a machine, and is due at a moment
that the wall clock alone decides, so that its age can be known anywhere down the way.
"""
