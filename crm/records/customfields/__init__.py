"""Fields that administrators make in the product, without a programmer and without a restart.

A definition is a row (`crm.records.models.CustomField`), its kind a class (`kinds`), its
values lie in ``record.custom``. `known` gives them to `fields_of`, and from there every door
takes them as it takes a field of the code.
"""
