"""What `autograder demo` shows: a sample class, the page that it ends with, and the pictures of the README."""
