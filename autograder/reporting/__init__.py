"""What `autograder grade` writes for people: the page of the class, the feedback of each student, and exports."""
