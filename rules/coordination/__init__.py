"""Care across the two sides: joint plans, notices, referrals, agreements to share data."""
