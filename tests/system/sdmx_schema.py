# SPDX-License-Identifier: Apache-2.0
"""What our SDMX-JSON 2.0.0 messages look like, in our own words: exactly the part of the format that
we write, so a name that is not here is a mistake. sdmx_rules.py has what a schema cannot say."""

ID = r"^[A-Za-z0-9_@$-]+$"
NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$"
PERIODS = r"^\d{4}(-(S[12]|Q[1-4]|0[1-9]|1[0-2]))?$"
VERSION = "1.0.0"
SOURCE = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/%s-message/tools/schemas/2.0.0/sdmx-json-%s-schema.json"
TEXT = {"type": "string", "pattern": r"\S"}
DATA_TYPES = {"enum": ["Decimal", "Integer", "String"]}


def thing(optional=(), **parts):
    return {"type": "object", "additionalProperties": False, "properties": parts,
            "required": [p for p in parts if p not in optional]}


def array(of, **limits):
    return {"type": "array", "items": of, **limits}


def matching(pattern):
    return {"type": "string", "pattern": pattern}


def urn(what, item=""):
    return matching(r"^urn:sdmx:org\.sdmx\.infomodel\.%s=[A-Za-z][A-Za-z0-9_-]*:[A-Za-z][A-Za-z0-9_-]*\(1\.0\.0\)%s$"
                    % (what.replace(".", r"\."), item))


NAMED = {"name": TEXT, "names": thing(vi=TEXT, en=TEXT)}
NOTHING = thing()
RELATIONSHIP = {"anyOf": [thing(observation=NOTHING), thing(dataflow=NOTHING)]}


def meta(kind):
    return thing(schema={"const": SOURCE % (kind, kind)}, id=matching(r"^(PUBLIC|INTERNAL)-\d+-\d+-%s$" % kind),
                 test={"const": False}, prepared=matching(TIME), contentLanguages={"const": ["vi", "en"]},
                 sender=thing(("name", "names"), id=matching(NAME), **NAMED))


# ------------------------------------------------------------------- the data message

LINKS = array(thing(urn=urn("datastructure.Dataflow"), rel={"const": "dataflow"}), minItems=1, maxItems=1)
CODE = thing(("parent",), id=matching(ID), parent=matching(ID), **NAMED)
PERIOD = thing(id=matching(PERIODS), start=matching(TIME), end=matching(TIME), **NAMED)
FORMAT = thing(dataType=DATA_TYPES)
HEAD = {"id": matching(NAME), "roles": array(matching(NAME), minItems=1, maxItems=1), **NAMED}
DIMENSION = thing(("roles",), keyPosition={"type": "integer", "minimum": 0},
                  values={"anyOf": [array(CODE, minItems=1), array(PERIOD, minItems=1)]}, **HEAD)
ATTRIBUTE = {"anyOf": [thing(("roles", "isMandatory"), relationship=RELATIONSHIP, isMandatory={"const": True}, **more, **HEAD)
                       for more in ({"format": FORMAT}, {"values": array(CODE, minItems=1)})]}
EMPTY = {"const": []}
DATA = thing(
    meta=meta("data"),
    data=thing(
        structures=array(thing(
            dataSets={"const": [0]}, links=LINKS, **NAMED,
            dimensions=thing(dataSet=EMPTY, series=EMPTY, observation=array(DIMENSION, minItems=1)),
            measures=thing(observation=array(thing(("roles",), format=FORMAT, **HEAD), minItems=1, maxItems=1)),
            attributes=thing(dataSet=array(ATTRIBUTE), dimensionGroup=EMPTY, series=EMPTY, observation=array(ATTRIBUTE)),
            annotations=EMPTY), minItems=1, maxItems=1),
        dataSets=array(thing(
            structure={"const": 0}, action={"const": "Replace"}, links=LINKS,
            attributes=array({"type": ["string", "null"]}),
            observations={"type": "object"}), minItems=1, maxItems=1)))

# ------------------------------------------------------------------- the structure message

MAINTAINED = {"id": matching(NAME), "agencyID": matching(NAME), "version": {"const": VERSION}, **NAMED}
REPRESENTATION = {"anyOf": [thing(enumeration=urn("codelist.Codelist")), thing(format=FORMAT)]}
COMPONENT = {"id": matching(NAME), "conceptIdentity": urn("conceptscheme.Concept", r"\.[A-Za-z][A-Za-z0-9_-]*")}
USAGE = {"enum": ["mandatory", "optional"]}
STRUCTURE = thing(
    meta=meta("structure"),
    data=thing(
        dataflows=array(thing(structure=urn("datastructure.DataStructure"), **MAINTAINED), minItems=1, maxItems=1),
        dataStructures=array(thing(**MAINTAINED, dataStructureComponents=thing(
            dimensionList=thing(
                id={"const": "DimensionDescriptor"},
                dimensions=array(thing(localRepresentation=thing(enumeration=urn("codelist.Codelist")), **COMPONENT), minItems=1),
                timeDimension=thing(id={"const": "TIME_PERIOD"}, conceptIdentity=COMPONENT["conceptIdentity"],
                                    localRepresentation=thing(format=thing(dataType={"const": "ObservationalTimePeriod"})))),
            measureList=thing(
                id={"const": "MeasureDescriptor"},
                measures=array(thing(usage={"const": "optional"}, isMandatory={"const": False}, localRepresentation=REPRESENTATION,
                                     **COMPONENT), minItems=1)),
            attributeList=thing(
                id={"const": "AttributeDescriptor"},
                attributes=array(thing(usage=USAGE, attributeRelationship=RELATIONSHIP, localRepresentation=REPRESENTATION,
                                       **COMPONENT), minItems=1)))), minItems=1, maxItems=1),
        conceptSchemes=array(thing(concepts=array(thing(id=matching(NAME), **NAMED), minItems=1), **MAINTAINED),
                             minItems=1, maxItems=1),
        codelists=array(thing(("isPartial",), isPartial={"const": True}, codes=array(CODE, minItems=1), **MAINTAINED),
                        minItems=1)))
