"""Ground floor: pure values, rules and state machines of a shop.

Lives here: money, barcodes, products, prices, the sale, the payment attempt, the facts of the journal, the receipt.
May not: IO, clocks, chance, asyncio, logging, SQL, vendor names of devices. Same input, same output, always.
Called by everybody; calls nobody. Decisions are `decide(state, command) -> facts | Refusal`, then `apply(state, fact)`.
"""
