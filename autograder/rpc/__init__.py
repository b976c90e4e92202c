"""What both sides of the pipe know: the messages, how they are encoded, and the things that a test hands over.

Nothing here knows what a test expects, and nothing here reads a submission.
"""
