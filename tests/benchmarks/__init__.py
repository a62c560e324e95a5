"""How fast is it, as ratios taken in one run on one machine?"""
