"""What both sides of the pipe know: the messages, their encoding, and the test doubles.

Nothing here knows what a test expects, and nothing here reads a submission.
"""
