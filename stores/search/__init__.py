"""The filter and order_by language: its grammar, its trees and their meaning over objects in memory.

parser.py turns text into trees (tree.py); vocabulary.py says which fields there are;
meaning.py and order.py read the trees over entities; exact.py helps whoever translates them.
"""
