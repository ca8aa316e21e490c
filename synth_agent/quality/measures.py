"""Units and their names: which words are the same unit, and which units can be one another."""

from collections.abc import Mapping
from typing import Final

__all__ = ["DIMENSIONS", "UNITS"]

_UNITS: Final = {
    "time": (
        "s=s,sec,secs,second,seconds",
        "min=min,mins,minute,minutes",
        "h=h,hr,hrs,hour,hours",
        "d=d,day,days",
        "wk=wk,week,weeks",
        "month=month,months",
        "yr=yr,yrs,year,years",
    ),
    "length": (
        "mm=mm,millimetre,millimetres,millimeter,millimeters",
        "cm=cm,centimetre,centimetres,centimeter,centimeters",
        "m=m,metre,metres,meter,meters",
        "km=km,kilometre,kilometres,kilometer,kilometers",
        "µm=µm,um,micrometre,micrometres,micron,microns",
        "in=inch,inches",
        "ft=ft,foot,feet",
        "yd=yd,yard,yards",
        "mi=mile,miles",
    ),
    "mass": (
        "mg=mg,milligram,milligrams",
        "g=g,gram,grams,gramme,grammes",
        "kg=kg,kgs,kilo,kilos,kilogram,kilograms,kilogramme,kilogrammes",
        "t=t,ton,tons,tonne,tonnes",
        "lb=lb,lbs,pound,pounds",
        "oz=oz,ounce,ounces",
    ),
    "volume": (
        "ml=ml,millilitre,millilitres,milliliter,milliliters",
        "l=l,litre,litres,liter,liters",
        "cup=cup,cups",
        "pint=pint,pints",
        "quart=quart,quarts",
        "gal=gal,gallon,gallons",
    ),
    "money": (
        "$=$,usd,dollar,dollars,buck,bucks",
        "€=€,eur,euro,euros",
        "£=£,gbp",
        "¥=¥,jpy,yen",
        "₹=₹,inr,rupee,rupees",
        "cent=cent,cents,¢,penny,pennies,pence",
        "dime=dime,dimes",
        "nickel=nickel,nickels",
        "quarter=quarter,quarters",
    ),
    "share": ("%=%,percent,pct,percentage",),
    "temperature": ("°C=°c,celsius", "°F=°f,fahrenheit", "K=kelvin", "°=°,degree,degrees"),
    "energy": (
        "J=joule,joules",
        "kJ=kj",
        "Wh=wh",
        "kWh=kwh",
        "MWh=mwh",
        "W=watt,watts",
        "kW=kw",
        "MW=mw",
        "V=volt,volts",
        "A=ampere,amperes,amps,amp",
        "Nm=nm",
        "bar=bar,bars",
        "rpm=rpm",
        "Hz=hz",
    ),
    "data": ("KB=kb", "MB=mb", "GB=gb", "TB=tb"),
    "count": (
        "pcs=pcs,pc,piece,pieces,part,parts,unit,units,item,items",
        "pair=pair,pairs",
        "dozen=dozen,dozens",
    ),
}

UNITS: Final[Mapping[str, str]] = {
    name: entry.partition("=")[0]
    for entries in _UNITS.values()
    for entry in entries
    for name in entry.partition("=")[2].split(",")
}
"""Name in lower case -> the unit's one name."""
DIMENSIONS: Final[Mapping[str, str]] = {
    entry.partition("=")[0]: "length" if dimension == "volume" else dimension
    for dimension, entries in _UNITS.items()
    for entry in entries
}
"""A unit's one name -> what it measures; m³ can be litres, so volumes are lengths too."""
