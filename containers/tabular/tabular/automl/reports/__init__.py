"""What a search leaves for people: leaderboard, explainability, a page and a notebook."""
