MODES = {'streaming', 'batch'}
TAGS = ['hint']
from ddl import *
SETUP = [CATEGORIES]
QUERY = """SELECT * FROM categories /*+ OPTIONS('path'='{data}/channels.csv','csv.ignore-parse-errors'='true') */"""
