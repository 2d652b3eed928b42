"""Other people's stores behind the contract, so that the suite and the machine can drive them."""
