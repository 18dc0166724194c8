"""Hands alarms of a topic on to chats, on-call services and people, at a time when they want to hear of them."""
