"""The rules, by subject. A module that is here is a rule that is asked."""
