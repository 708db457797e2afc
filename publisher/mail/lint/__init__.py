"""What is wrong with an issue before anybody gets it: a rule each for what mail programs and laws are known to mind."""
