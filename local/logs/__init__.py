"""The log service, as far as reading a Logstore needs it.

signing.py   who asks
search.py    search statements
query.py     GetLogs
store.py     the lines, in the data folder
service.py   its port
"""
