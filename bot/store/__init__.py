"""What is kept: the ports the engine sees, and a database behind them. Read `ports` first."""
