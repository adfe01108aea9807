"""The RPC-style APIs: QueryIProductionJob of MPS and IMS, and the task reports of CloudFlow."""
