"""The methods of Expression by subject; headrace.table.expression puts them together."""
