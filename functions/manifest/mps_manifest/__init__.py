"""Turn finished ApsaraVideo MPS and IMS smart-production jobs into verified JSON manifests."""

__version__ = "0.1.0"
