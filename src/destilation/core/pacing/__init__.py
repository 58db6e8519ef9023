"""How hard one model of one provider may be asked, as arithmetic: the time and the chance are arguments."""
