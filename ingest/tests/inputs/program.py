"""Boils water."""

import time
from kettle import Plate, Sensor

LIMIT = 100


class Kettle:
    """A kettle with one plate."""

    def __init__(self, plate: Plate, sensor: Sensor):
        self.plate = plate
        self.sensor = sensor

    def boil(self):
        """Heats until the limit is reached."""
        self.plate.on()
        while self.sensor.degrees() < LIMIT:
            time.sleep(1)

            if self.sensor.is_broken():
                raise RuntimeError("the sensor is broken, the plate was switched off")
        self.plate.off()


@retry(times=3)
def descale(kettle):
    kettle.fill("vinegar", "water")
    kettle.boil()


if __name__ == "__main__":
    Kettle(Plate(), Sensor()).boil()
