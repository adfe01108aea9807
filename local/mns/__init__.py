"""MNS (Simple Message Queue): publishing on topics, and pushing to HTTP endpoints.

signing.py    who asks
documents.py  the XML of requests, answers and errors
topics.py     the topics, and their pushes
service.py    the port

The queues and topics that a check of a deployment uses are in ros/messages.py.
"""
