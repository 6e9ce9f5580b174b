"""Windows: REST, the kiosk socket, digital receipts, notifications and the built pages. Knows shop, never drivers."""
