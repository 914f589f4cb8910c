"""What the adapters share and no framework knows: calls over both faces, whose memory it is, hand-over, failures, tools, fusion."""
