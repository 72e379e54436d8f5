# After-sales room: tickets and return visits (articles A1-A4).
